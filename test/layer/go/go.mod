module tarbytes

go 1.19
