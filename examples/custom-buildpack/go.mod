module example.com/custom-buildpack

go 1.21
