module tsbuildpack.test/launcher

go 1.21

require github.com/BurntSushi/toml v1.6.0
