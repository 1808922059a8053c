package release

// Privileges and the box's own accounts (6.2 and later).
const (
	// NotAuthorized answers a command above the session's level.
	NotAuthorized Key = "not authorized"
	// EnableLevelAAA answers enable with a level where accounts decide on the level.
	EnableLevelAAA Key = "enable level aaa"
)

// consoleText62 is what the console says from 6.2 on.
var consoleText62 = Catalogue{
	NotAuthorized:  "Command authorization failed",                                                                            // unverified: for 6.2; the words are those of command authorization elsewhere
	EnableLevelAAA: "Enabling to privilege levels is not allowed when configured for\nAAA authentication. Use 'enable' only.", // unverified
}
