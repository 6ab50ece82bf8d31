module example.com/penguin-shell

go 1.21
