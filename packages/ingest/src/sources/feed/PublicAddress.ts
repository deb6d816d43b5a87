import { BlockList, isIPv4, isIPv6 } from "node:net"

/** IPv4 that is not globally reachable: IANA's special-purpose registry, multicast and class E. */
const SPECIAL_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const

/** Inside the global unicast space: protocol assignments with Teredo, documentation, 6to4. */
const SPECIAL_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const

const special = new BlockList()
for (const [net, prefix] of SPECIAL_4) special.addSubnet(net, prefix, "ipv4")
for (const [net, prefix] of SPECIAL_6) special.addSubnet(net, prefix, "ipv6")

/** Everything else of IPv6, also what wraps an IPv4 address, is no address of the public net. */
const unicast6 = new BlockList()
unicast6.addSubnet("2000::", 3, "ipv6")

/** Whether an IP address belongs to the public internet. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !special.check(address, "ipv4")
  return isIPv6(address) && !address.includes("%") && unicast6.check(address, "ipv6") && !special.check(address, "ipv6")
}
