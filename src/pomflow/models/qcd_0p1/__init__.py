"""QCD in 0+1 dimensions: quarks on one SU(3) link."""
