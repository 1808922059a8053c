package main

import "strings"

// pageWidth is for terminals of 80 columns, and for what help puts in front of a line.
const pageWidth = 78

// hanging is a line, broken where it is wider than a page, with indent blanks in front of what follows. A word that fits
// nowhere stands by itself.
func hanging(indent int, line string) string {
	var b strings.Builder
	for {
		at := strings.LastIndexByte(line[:min(len(line), pageWidth+1)], ' ')
		if len(line) > pageWidth && at <= indent {
			if at = strings.IndexByte(line[min(indent, len(line)):], ' '); at >= 0 {
				at += indent
			}
		}
		if len(line) <= pageWidth || at < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(strings.TrimRight(line[:at], " ") + "\n")
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[at:], " ")
	}
}
