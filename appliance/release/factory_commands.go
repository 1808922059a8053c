package release

// What configure factory-default of the ASA says. 1 of FactoryPool: the interface, 2 the addresses of its pool; of FactoryLine the line.
const (
	FactoryPool  Key = "factory pool"
	FactoryBegin Key = "factory begin"
	FactoryLine  Key = "factory line"
	FactoryDone  Key = "factory done"
)

// factoryText: a 9.7(1)4.
var factoryText = Catalogue{
	FactoryPool: "Based on the %[1]s IP address and mask, the DHCP address\npool size is reduced to %[2]d from the platform limit 256\n",
	FactoryBegin: "WARNING: The boot system configuration will be cleared.\nThe first image found in disk0:/ will be used to boot the\n" +
		"system on the next reload.\nVerify there is a valid image on disk0:/ or the system will\nnot boot.\n\n" +
		"Begin to apply factory-default configuration:\nClear all configuration",
	FactoryLine: "Executing command: %[1]s",
	FactoryDone: "Factory-default configuration is completed",
}

// factoryManagement are the lines of a machine with a management port. unverified: their order.
const factoryManagement = `!
interface Management0/0
 nameif management
 security-level 100
 ip address 192.168.1.1 255.255.255.0
 management-only
 no shutdown
 exit
!
http server enable
http 192.168.1.0 255.255.255.0 management
!
dhcpd address 192.168.1.2-192.168.1.254 management
dhcpd enable management
!
logging asdm informational
!
`

// factoryInside are those of a 5516-X (a 9.7(1)4).
const factoryInside = `!
interface Management1/1
 management-only
 no nameif
 no security-level
 no ip address
 no shutdown
 exit
!
interface GigabitEthernet1/1
 nameif outside
 security-level 0
 ip address dhcp setroute
 no shutdown
 exit
!
interface GigabitEthernet1/2
 nameif inside
 security-level 100
ip address 192.168.1.1 255.255.255.0
 no shutdown
 exit
!
object network obj_any
subnet 0.0.0.0 0.0.0.0
nat (any,outside) dynamic interface
exit
!
http server enable
http 192.168.1.0 255.255.255.0 inside
!
dhcpd auto_config outside
dhcpd address 192.168.1.5-192.168.1.254 inside
dhcpd enable inside
!
logging asdm informational
!
!
!
`

// What the first configure terminal of a box from the factory asks (8.4 and later), and what it says to the answers.
const (
	CallHomeNotice Key = "call-home notice"
	CallHomeAsk    Key = "call-home ask"
	CallHomeYes    Key = "call-home yes"
	CallHomeNo     Key = "call-home no"
	CallHomeLater  Key = "call-home later"
)

// callHomeText: sessions of 9.x; unverified: CallHomeLater.
var callHomeText = Catalogue{
	CallHomeNotice: `
***************************** NOTICE *****************************

Help to improve the ASA platform by enabling anonymous reporting,
which allows Cisco to securely receive minimal error and health
information from the device. To learn more about this feature,
please visit: http://www.cisco.com/go/smartcall

Would you like to enable anonymous error reporting to help improve`,
	CallHomeAsk: "the product? [Y]es, [N]o, [A]sk later: ",
	CallHomeYes: `
Enabling anonymous reporting.
Adding "call-home reporting anonymous" to running configuration...
Creating trustpoint "_SmartCallHome_ServerCA" and installing certificate...

Trustpoint CA certificate accepted.

Please remember to save your configuration.

`,
	CallHomeNo: `
In the future, if you would like to enable this feature,
issue the command "call-home reporting anonymous".

Please remember to save your configuration.

`,
	CallHomeLater: "",
}
