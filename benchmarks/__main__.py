from benchmarks import cluster, convolution, determinant, force, gradient, scaling, trajectory

for benchmark in (gradient, determinant, trajectory, force, convolution, cluster, scaling):
    benchmark.main()
