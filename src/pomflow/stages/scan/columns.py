"""Long names and units of measured numbers, in the files of results and in the columns of a scan."""

from pomflow.models.observables import Observable

ABOUT = {
    "apf_re": ("average phase factor, real part", "1"),
    "apf_im": ("average phase factor, imaginary part", "1"),
    "apf0": ("average phase factor of the undeformed plane", "1"),
    "apf0_re": ("average phase factor of the undeformed plane, real part", "1"),
    "apf0_im": ("average phase factor of the undeformed plane, imaginary part", "1"),
    "free_energy": ("-ln(average phase factor of the undeformed plane) / V", "per site"),
    "ln_z": ("ln(Z / Z of the first point), real part", "1"),
    "pressure": ("ln|Z / Z of the first point| / V", "per site"),
    "apf_best": ("largest average phase factor of a path, as far as the model knows it", "1"),
    "acceptance": ("accepted trajectories, of all", "1"),
    "acceptance_min": ("accepted trajectories, of those of the chain that accepts least", "1"),
    "exp_dh": ("mean of exp(-delta_H)", "1"),
    "dh_balance": ("mean of min(1, exp(-delta_H)) tanh(delta_H)", "1"),
    "tau_phase": ("autocorrelation time of the phase", "trajectories"),
    "tau_int": ("largest autocorrelation time", "trajectories or Langevin steps"),
    "chain_length": ("length of a chain after thermalization", "trajectories or Langevin steps"),
    "ess": ("effective sample size", "1"),
    "largest_weight": ("largest share of a configuration in a reweighted sum", "1"),
    "n_samples": ("configurations", "1"),
    "thermalization": ("largest difference of parts of the run that must agree, in standard errors", "1"),
    "independence": ("largest difference from another contour, in standard errors", "1"),
    "trainings": ("smallest probability of the differences of trainings, if chance alone makes them", "1"),
    "trainings_passed": ("trainings that passed their gates", "1"),
    "jackknife": ("largest difference of an error from that of a jackknife, in its standard error", "1"),
    "step_size": ("leapfrog step size", "1"),
    "largest_field": ("largest |t|", "1"),
    "virial": ("test of Schwinger and Dyson", "1"),
    "drift_tail": ("tail index of the largest drift", "1"),
    "time": ("Langevin time of a chain", "1"),
    "status": ("ok, or what failed", "1"),
    "critical": ("critical value of the first axis", "lattice units"),
    "critical_sys": ("largest change of it in other fits", "lattice units"),
    "exponent": ("nu of a scaling, w of an extrapolation of crossings", "1"),
    "constant": ("c of a jump, amplitude of an extrapolation", "1"),
    "chi2_per_dof": ("chi^2 per degree of freedom", "1"),
    "dof": ("degrees of freedom", "1"),
    "low": ("lowest value of the first axis in a fit", "lattice units"),
    "high": ("highest value of the first axis in a fit", "lattice units"),
    "method": ("how the critical value was found", "1"),
    "lattices": ("extents of the lattices of a fit", "1"),
    "source": ("contour or exact simulation", "1"),
    "lattice": ("extents of the lattice, time first", "1"),
    "extent": ("extent L in space", "1"),
    "curve": ("number without units that fits are made to", "1"),
    "used": ("whether a value was fitted", "1"),
}
# of the name of an observable
CONTROLLED, GAIN = "_cv", "_gain"
# of the free energy of the phase on a contour
SWITCH_STATUS = "status_free_energy"
# over several trainings
SPREAD, EXPECTED, REDUCED = "_spread", "_spread_expected", "_chi2"
# what the end of a name adds
ENDS = {
    "_err": "error",
    "_exact": "exact",
    "_pull": "difference from the exact value in errors",
    "_mf": "in mean field",
    "_im": "imaginary part",
    CONTROLLED: "with control variates",
    GAIN: "variance without control variates, divided by that with them",
    SPREAD: "standard deviation over trainings",
    EXPECTED: "standard deviation over trainings that statistical errors alone make",
    REDUCED: "chi^2 of the trainings per degree of freedom",
    "0": "reweighted from the undeformed plane",
}


def words_of(name: str, observables: dict[str, Observable]) -> tuple[str, str]:
    """Long name and units of a number: of an observable, of ``ABOUT``, or of either with some of ``ENDS``.

    Raises
    ------
    KeyError
        If the name is none of these.
    """
    if name in ABOUT:
        return ABOUT[name]
    if name in observables:
        return observables[name].long_name, observables[name].units
    end = next((end for end in ENDS if name.endswith(end)), None)
    if end is None:
        raise KeyError(name)
    long_name, units = words_of(name.removesuffix(end), observables)
    return f"{long_name}, {ENDS[end]}", "1" if end in ("_pull", GAIN, REDUCED) else units
