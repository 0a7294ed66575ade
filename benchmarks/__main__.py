from benchmarks import cluster, convolution, determinant, force, gradient

for benchmark in (gradient, determinant, force, convolution, cluster):
    benchmark.main()
