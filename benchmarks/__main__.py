from benchmarks import determinant, force, gradient

for benchmark in (gradient, determinant, force):
    benchmark.main()
