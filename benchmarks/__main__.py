from benchmarks import gradient

gradient.main()
