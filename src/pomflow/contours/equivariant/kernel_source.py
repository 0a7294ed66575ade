"""CUDA source of the kernels of the equivariant contour.

The formulas stand at ``Equivariant`` and ``stencil_kernels``, with the twins in array code. VOLUME, FEATURES,
DISPLACEMENTS and BLOCK are defined where it is compiled.
"""

from pomflow.models.complex_phi4.kernels import SITE
from pomflow.numerics.cuda_complex import COMPLEX

KERNELS = r"""
// sites, shape (2, DISPLACEMENTS, VOLUME): x + r and x - r; couplings, (DISPLACEMENTS, 2, FEATURES, FEATURES)
struct Path {
  const int* sites;
  const double *couplings, *scales;

  __device__ int after(int d, int x) const { return sites[d * VOLUME + x]; }
  __device__ int before(int d, int x) const { return sites[(DISPLACEMENTS + d) * VOLUME + x]; }
  __device__ double coupling(int d, int kind, int j, int k) const {
    return couplings[((2 * d + kind) * FEATURES + j) * FEATURES + k];
  }
  __device__ double hop(int d, int j, int k) const { return coupling(d, 0, j, k); }
  __device__ double gate(int d, int j, int k) const { return coupling(d, 1, j, k); }
};

// sums over r and k: hopped_j of A_jk (phi q_k)(x + r), gates_j of H_jk q_k(x + r)
struct Site {
  Complex phi, hopped[FEATURES];
  double q[FEATURES], slope[FEATURES], gates[FEATURES];

  __device__ double rho() const { return phi.re * phi.re + phi.im * phi.im; }

  __device__ double gated() const {
    double sum = 0;
    for (int k = 0; k < FEATURES; ++k) sum += q[k] * gates[k];
    return sum;
  }

  __device__ Complex displacement() const {
    Complex sum = hopped[0] + gated() * phi;
    for (int k = 0; k + 1 < FEATURES; ++k) sum = sum + q[k] * hopped[k + 1];
    return sum;
  }
};

// phi and the features of a site, put where the whole block sees them
__device__ void read_site(Site& here, const double* t, int x, const Path& path, Complex* phi, double* q) {
  here.phi = {t[x], t[VOLUME + x]};
  phi[x] = here.phi;
  for (int k = 0; k < FEATURES; ++k) {
    here.q[k] = 1 / (1 + here.rho() / path.scales[k]);
    here.slope[k] = -here.q[k] * here.q[k] / path.scales[k];
    q[k * VOLUME + x] = here.q[k];
  }
}

__device__ void gather(Site& here, int x, const Path& path, const Complex* phi, const double* q) {
  for (int j = 0; j < FEATURES; ++j) {
    here.hopped[j] = {0, 0};
    here.gates[j] = 0;
  }
  for (int d = 0; d < DISPLACEMENTS; ++d) {
    const int y = path.after(d, x);
    for (int k = 0; k < FEATURES; ++k) {
      const double feature = q[k * VOLUME + y];
      const Complex field = feature * phi[y];
      for (int j = 0; j < FEATURES; ++j) {
        here.hopped[j] = here.hopped[j] + path.hop(d, j, k) * field;
        here.gates[j] += path.gate(d, j, k) * feature;
      }
    }
  }
}

// z = t + i (Im F, -Re F)
__device__ void put_point(const Site& here, int x, Complex* z) {
  const Complex shift = here.displacement();
  z[x] = {here.phi.re, shift.im};
  z[VOLUME + x] = {here.phi.im, -shift.re};
}

// the field g with Re sum_x c dF = Re sum_x g dphi, at x
__device__ Complex pull_back(const Site& here, int x, const Path& path, const Complex* phi, const double* q,
                             const Complex* c) {
  Complex to_fields[FEATURES];
  double to_q[FEATURES];
  for (int k = 0; k < FEATURES; ++k) {
    to_fields[k] = {0, 0};
    to_q[k] = (c[x] * here.phi).re * here.gates[k];
    if (k + 1 < FEATURES) to_q[k] += (c[x] * here.hopped[k + 1]).re;
  }
  for (int d = 0; d < DISPLACEMENTS; ++d) {
    const int y = path.before(d, x);
    const double along = (c[y] * phi[y]).re;
    for (int j = 0; j < FEATURES; ++j) {
      const Complex factor = j == 0 ? c[y] : q[(j - 1) * VOLUME + y] * c[y];
      for (int k = 0; k < FEATURES; ++k) {
        to_fields[k] = to_fields[k] + path.hop(d, j, k) * factor;
        to_q[k] += path.gate(d, j, k) * along * q[j * VOLUME + y];
      }
    }
  }
  Complex result = here.gated() * c[x];
  double to_rho = 0;
  for (int k = 0; k < FEATURES; ++k) {
    result = result + here.q[k] * to_fields[k];
    to_rho += (to_q[k] + (to_fields[k] * here.phi).re) * here.slope[k];
  }
  return result + 2 * to_rho * conjugate(here.phi);
}

// threads beyond the volume do the last site again, so that all meet at the barriers
__device__ int site_of_thread() { return min((int)threadIdx.x, VOLUME - 1); }

extern "C" __global__ void __launch_bounds__(BLOCK) points(
    const double* t, Complex* result, const int* sites, const double* couplings, const double* scales) {
  __shared__ Complex phi[VOLUME];
  __shared__ double q[FEATURES * VOLUME];
  const Path path{sites, couplings, scales};
  const int x = site_of_thread();
  const long long first = (long long)blockIdx.x * 2 * VOLUME;
  Site here;
  read_site(here, t + first, x, path, phi, q);
  __syncthreads();
  gather(here, x, path, phi, q);
  put_point(here, x, result + first);
}

// -d Re S / dt
extern "C" __global__ void __launch_bounds__(BLOCK) force(
    const double* t, double* result, const int* sites, const double* couplings, const double* scales,
    THEORY_PARAMETERS) {
  __shared__ Complex phi[VOLUME], field[2 * VOLUME];
  __shared__ double q[FEATURES * VOLUME];
  const Path path{sites, couplings, scales};
  const Theory theory = THEORY;
  const int x = site_of_thread();
  const long long first = (long long)blockIdx.x * 2 * VOLUME;
  Site here;
  read_site(here, t + first, x, path, phi, q);
  __syncthreads();
  gather(here, x, path, phi, q);
  put_point(here, x, field);
  __syncthreads();
  const Pair w = theory.gradient(field, x);
  __syncthreads();
  // Re S changes by Re(c dF) beside Re w; c takes the place of z
  field[x] = {w.second.im, w.first.im};
  __syncthreads();
  const Complex slope = pull_back(here, x, path, phi, q, field);
  result[first + x] = -w.first.re - slope.re;
  result[first + VOLUME + x] = slope.im - w.second.re;
}

// the four entries of dF_x/dphi_y = p and dF_x/dphi*_y = q; order (2, VOLUME): rows of phi_x and of phi*_x
__device__ void put(Complex* matrix, const int* order, int x, int y, Complex one, Complex p, Complex q) {
  const int* const bars = order + VOLUME;
  Complex* const row = matrix + 2 * VOLUME * order[x];
  Complex* const bar = matrix + 2 * VOLUME * bars[x];
  row[order[y]] = one + p;
  row[bars[y]] = q;
  bar[order[y]] = -1.0 * conjugate(q);
  bar[bars[y]] = one - conjugate(p);
}

// [[1 + P, Q], [-Q*, 1 - P*]] where it is not zero
extern "C" __global__ void __launch_bounds__(BLOCK) jacobian(
    const double* t, Complex* result, const int* sites, const double* couplings, const double* scales,
    const int* order) {
  __shared__ Complex phi[VOLUME];
  __shared__ double q[FEATURES * VOLUME];
  const Path path{sites, couplings, scales};
  const int x = site_of_thread();
  Site here;
  read_site(here, t + (long long)blockIdx.x * 2 * VOLUME, x, path, phi, q);
  __syncthreads();
  gather(here, x, path, phi, q);
  Complex* const matrix = result + (long long)blockIdx.x * 4 * VOLUME * VOLUME;
  Complex turned = {0, 0};
  double bent = 0;
  for (int k = 0; k < FEATURES; ++k) {
    if (k + 1 < FEATURES) turned = turned + here.slope[k] * here.hopped[k + 1];
    bent += here.slope[k] * here.gates[k];
  }
  const Complex straight = {here.gated() + here.rho() * bent, 0};
  const Complex to_conjugate = (turned + bent * here.phi) * here.phi;
  put(matrix, order, x, x, {1, 0}, straight + turned * conjugate(here.phi), to_conjugate);
  for (int d = 0; d < DISPLACEMENTS; ++d) {
    const int y = path.after(d, x);
    const Complex there = phi[y];
    double plain = 0, curved = 0, gated = 0;
    for (int k = 0; k < FEATURES; ++k) {
      const double feature = q[k * VOLUME + y], slope = -feature * feature / path.scales[k];
      double hop = path.hop(d, 0, k), gate = 0;
      for (int j = 0; j < FEATURES; ++j) {
        if (j + 1 < FEATURES) hop += path.hop(d, j + 1, k) * here.q[j];
        gate += path.gate(d, j, k) * here.q[j];
      }
      plain += hop * feature;
      curved += hop * slope;
      gated += gate * slope;
    }
    plain += (there.re * there.re + there.im * there.im) * curved;
    const Complex p = Complex{plain, 0} + gated * (here.phi * conjugate(there));
    put(matrix, order, x, y, {0, 0}, p, (curved * there + gated * here.phi) * there);
  }
}

// derivatives of ln det J - S with respect to A and H of a displacement: a thread sums over the sites
extern "C" __global__ void derivatives(
    const double* t, Complex* result, const int* sites, const double* couplings, const double* scales,
    const int* order, const Complex* inverse, const Complex* su, const Complex* sv, const long long threads) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= threads) return;
  const long long configuration = i / DISPLACEMENTS, first = configuration * VOLUME;
  const int d = i % DISPLACEMENTS;
  const Path path{sites, couplings, scales};
  const Complex* const g = inverse + 4 * VOLUME * first;
  Complex hops[FEATURES][FEATURES], gates[FEATURES][FEATURES];
  for (int j = 0; j < FEATURES; ++j)
    for (int k = 0; k < FEATURES; ++k) hops[j][k] = gates[j][k] = {0, 0};
  for (int x = 0; x < VOLUME; ++x) {
    const int y = path.after(d, x);
    const long long row_x = 2 * VOLUME * order[x], bar_x = 2 * VOLUME * order[VOLUME + x];
    const long long row_y = 2 * VOLUME * order[y], bar_y = 2 * VOLUME * order[VOLUME + y];
    const int column = order[x], bar_column = order[VOLUME + x];
    const Complex here = {t[2 * first + x], t[2 * first + VOLUME + x]}, star = conjugate(here);
    const Complex there = {t[2 * first + y], t[2 * first + VOLUME + y]}, other = conjugate(there);
    const double rho_x = (here * star).re, rho_y = (there * other).re;
    const Complex own = g[row_x + column] - g[bar_x + bar_column];
    const Complex own_turned = g[bar_x + column] * here * here - g[row_x + bar_column] * star * star;
    const Complex to_phi = g[row_x + column] * star + g[bar_x + column] * here;
    const Complex to_star = g[row_x + bar_column] * star + g[bar_x + bar_column] * here;
    const Complex push = su[first + x] * here - sv[first + x] * star;
    const Complex a = g[row_y + column], c = g[bar_y + column];
    const Complex e = g[row_y + bar_column], f = g[bar_y + bar_column];
    const Complex bent = c * there * there - e * other * other;
    const Complex pushed = su[first + x] * there - sv[first + x] * other;
    const Complex lean = to_phi * there - to_star * other;
    const Complex gated = (a * here - e * star) * other + (c * here - f * star) * there;
    for (int k = 0; k < FEATURES; ++k) {
      const double q_y = 1 / (1 + rho_y / scales[k]), slope_y = -q_y * q_y / scales[k];
      const Complex hop = (q_y + rho_y * slope_y) * (a - f) + slope_y * bent - q_y * pushed;
      hops[0][k] = hops[0][k] + hop;
      for (int j = 0; j < FEATURES; ++j) {
        const double q_x = 1 / (1 + rho_x / scales[j]), slope_x = -q_x * q_x / scales[j];
        if (j + 1 < FEATURES) hops[j + 1][k] = hops[j + 1][k] + q_x * hop + slope_x * q_y * lean;
        const Complex mine = (q_x + rho_x * slope_x) * own + slope_x * own_turned - q_x * push;
        gates[j][k] = gates[j][k] + q_x * slope_y * gated + q_y * mine;
      }
    }
  }
  for (int j = 0; j < FEATURES; ++j)
    for (int k = 0; k < FEATURES; ++k) {
      result[((2 * i) * FEATURES + j) * FEATURES + k] = hops[j][k];
      result[((2 * i + 1) * FEATURES + j) * FEATURES + k] = gates[j][k];
    }
}
"""
SOURCE = COMPLEX + SITE + KERNELS
