package command

import (
	"slices"
	"sync"

	"pixsim/appliance/release"
)

// asaCommands are the configuration commands that 7.0 and later have and the PIX up to 6.3 does not, or has otherwise.
var asaCommands = sync.OnceValue(func() []*Command {
	return slices.Concat(
		[]*Command{interfaceASA}, portCommands(),
		[]*Command{objectCmd, objectNATCmd, twiceNAT}, objectValues,
		[]*Command{
			natControl, sameSecurity, fixupASA,
			classMap, classDescription, classMatch, regexCmd, regexClassCmd, regexClassDescription, regexClassMatch,
			policyMap, policyDescription, policyClass, inspectCmd,
		}, policyActionCommands(),
		portBody.bodyCommands(), asaStoredCommands(),
		[]*Command{esmtpMapCmd, esmtpDescription, esmtpParameters, esmtpMatchCmd}, esmtpParams(), esmtpActions(),
		[]*Command{servicePolicy},
		[]*Command{showTimeRange, exitFamily},
		[]*Command{showName, showOSPFBrief},
		[]*Command{sshCopyCommand(), userKeyLine, userKeyFile},
	)
})

// asaSpecs are the commands whose lines are kept, those of one section in the order in which it prints them.
var asaSpecs = slices.Concat(
	systemASA, servicesASA, []storedSpec{aaaServerASA, aaaRulesASA, ldapMap, identitySpec, ctsSpec}, routingASA,
	[]storedSpec{
		cryptoASA, trustpoolSpec, webVPNSpec, groupPolicySpec, userSpec, tunnelGroupSpec, timeRangeSpec, tcpMapSpec, inspectMapSpec, inspectClassSpec,
	},
	identityGroups,
	voiceASA, oldMaps, familiesASA, []storedSpec{loggingASA, serviceASA, crashASA, sshASA, listASA, privilegeASA}, laterSpecs,
)

func asaStoredCommands() []*Command {
	var out []*Command
	for i := range asaSpecs {
		s := &asaSpecs[i]
		c := s.command()
		out = append(out, c)
		out = append(out, s.bodyCommands()...)
	}
	return out
}

// Spans of the stored commands.
var (
	since72 = release.Since(release.V(7, 2)) // policy-map type inspect and packet-tracer among others
	since80 = release.Since(release.V(8, 0))
	since82 = release.Since(release.V(8, 2))
	since90 = release.Since(release.V(9, 0))
	since92 = release.Since(release.V(9, 2))
	// identityShown is where the domain of user-identity stands in every configuration (captures of 8.4(2) and 9.x).
	identityShown = release.Since(release.V(8, 4))
)
