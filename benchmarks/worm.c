/* The loop of pomflow/samplers/worm.py in C: the same steps with the same random numbers, so the same chain. */
#include <stdint.h>

typedef struct {
    const int64_t *neighbours; /* [2][dimension][volume] */
    const double *ratios;
    const double *amplitudes; /* [dimension][2] */
    double opening;
    int64_t dimension, volume;
} Tables;

typedef struct {
    int64_t *hops; /* [volume][dimension][2] */
    int64_t *exponents;
    int64_t *totals;
    uint64_t *random;
} State;

static inline uint64_t rotated(uint64_t x, int count) { return (x << count) | (x >> (64 - count)); }

/* xoshiro256++ */
static inline double uniform(uint64_t *s) {
    uint64_t result = rotated(s[0] + s[3], 23) + s[0], shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotated(s[3], 45);
    return (double)(result >> 11) * 0x1p-53;
}

static inline int64_t neighbour(const Tables *t, int sense, int64_t axis, int64_t site) {
    return t->neighbours[(sense * t->dimension + axis) * t->volume + site];
}

static inline int64_t *hops(const Tables *t, const State *s, int64_t site, int64_t axis, int kind) {
    return &s->hops[(site * t->dimension + axis) * 2 + kind];
}

static inline double smaller(double x) { return x < 1.0 ? x : 1.0; }

/* Whether the worm turns round after a step that was rejected. */
static inline int turns(const Tables *t, const State *s, int64_t head, int removes, int64_t moves) {
    double adding = 0.0, removing = 0.0, here = t->ratios[s->exponents[head] - 1];
    for (int64_t axis = 0; axis < t->dimension; axis++)
        for (int sense = 0; sense < 2; sense++) {
            int64_t target = neighbour(t, sense, axis, head), link = sense ? target : head;
            double factor = t->amplitudes[2 * axis + sense] * t->ratios[s->exponents[target]];
            double other = t->amplitudes[2 * axis + 1 - sense] * here;
            adding += smaller(factor / (*hops(t, s, link, axis, sense) + 1));
            removing += smaller(*hops(t, s, link, axis, 1 - sense) / other);
        }
    double same = removes ? removing : adding, opposite = removes ? adding : removing;
    return uniform(s->random) * (moves - same) < opposite - same;
}

static int64_t worm(const Tables *t, const State *s) {
    double place = uniform(s->random) * t->volume;
    int64_t tail = place;
    if (place - tail >= t->opening * t->ratios[s->exponents[tail]]) return 1;
    s->exponents[tail]++;
    int removes = 2 * uniform(s->random);
    int64_t head = tail, steps = 1, moves = 2 * t->dimension;
    for (;;) {
        steps++;
        double choice = uniform(s->random) * (moves + 1);
        int64_t move = choice;
        double rest = choice - move;
        if (move == moves) {
            if (head == tail && rest * t->opening * t->ratios[s->exponents[tail] - 1] < 1) {
                s->exponents[tail]--;
                return steps;
            }
            continue;
        }
        int64_t axis = move >> 1;
        int sense = move & 1, kind = sense ^ removes;
        int64_t target = neighbour(t, sense, axis, head), link = sense ? target : head;
        int64_t site = removes ? head : target, *count = hops(t, s, link, axis, kind);
        double factor = t->amplitudes[2 * axis + kind] * t->ratios[s->exponents[site] - removes];
        if (removes ? rest * factor < *count : rest * (*count + 1) < factor) {
            int change = 1 - 2 * removes;
            *count += change;
            s->exponents[site] += change;
            head = target;
            if (axis == 0) {
                s->totals[0] += 1 - 2 * sense;
                s->totals[1] += change;
            }
        } else if (turns(t, s, head, removes, moves)) {
            removes = 1 - removes;
        }
    }
}

/* Sweeps of a number of worms; three numbers are recorded after each. Returns the number of steps. */
int64_t run(const Tables *t, const State *s, int64_t worms, int64_t sweeps, double *records) {
    int64_t steps = 0;
    for (int64_t sweep = 0; sweep < sweeps; sweep++, records += 3) {
        for (int64_t i = 0; i < worms; i++) steps += worm(t, s);
        double total = 0.0;
        for (int64_t x = 0; x < t->volume; x++) total += t->ratios[s->exponents[x]];
        records[0] = s->totals[0];
        records[1] = s->totals[1];
        records[2] = 2 * total / t->volume;
    }
    return steps;
}
