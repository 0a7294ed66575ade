from benchmarks import convolution, determinant, force, gradient

for benchmark in (gradient, determinant, force, convolution):
    benchmark.main()
