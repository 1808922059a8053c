//go:build race

package main

// buildFlags make the program under test what the tests are: under the race detector, it ends with code 66 if it had one.
var buildFlags = []string{"-race"}
