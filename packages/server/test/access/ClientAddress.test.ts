import { assert, describe, it } from "@effect/vitest"
import { IpNetwork } from "effect/net"
import { clientAddress, clientKey, isTrusted } from "../../src/access/ClientAddress.ts"

const trusted = ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"].map(IpNetwork.fromStringUnsafe)
const from = (peer: string, xff?: string, forwarded?: string) =>
  clientAddress(trusted, peer, {
    ...(xff === undefined ? {} : { "x-forwarded-for": xff }),
    ...(forwarded === undefined ? {} : { forwarded }),
  })

describe("the address of a client", () => {
  it("what somebody says who is no trusted proxy counts for nothing", () => {
    assert.strictEqual(from("198.51.100.1", "203.0.113.9"), "198.51.100.1")
    assert.strictEqual(from("198.51.100.1", undefined, "for=203.0.113.9"), "198.51.100.1")
    assert.strictEqual(clientAddress([], "10.0.0.1", { "x-forwarded-for": "203.0.113.9" }), "10.0.0.1")
    assert.strictEqual(from("192.0.2.8", "203.0.113.9"), "192.0.2.8")
  })

  it("is the last one that a trusted proxy names, whatever the client wrote before it", () => {
    assert.strictEqual(from("10.0.0.1", "203.0.113.9"), "203.0.113.9")
    assert.strictEqual(from("10.0.0.1", "1.1.1.1, 203.0.113.9"), "203.0.113.9")
    assert.strictEqual(from("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2 ,192.0.2.7"), "203.0.113.9")
    assert.strictEqual(from("10.0.0.1", "10.9.9.9, 203.0.113.9"), "203.0.113.9")
    assert.strictEqual(from("10.0.0.1", `${"1.1.1.1,".repeat(3_000)}203.0.113.9`), "203.0.113.9")
  })

  it("reads ports, brackets, mapped addresses and Forwarded", () => {
    for (const [hop, address] of [
      ["203.0.113.9:4711", "203.0.113.9"],
      ["[2001:db8::1]:80", "2001:db8::1"],
      ["[2001:db8::1]", "2001:db8::1"],
      ["2001:db8::1", "2001:db8::1"],
      ["::ffff:203.0.113.9", "203.0.113.9"],
    ] as const) {
      assert.strictEqual(from("::ffff:10.0.0.1", hop), address, hop)
      assert.strictEqual(from("fd00::1", undefined, `proto=https;For="${hop}";by=x`), address, hop)
    }
    assert.strictEqual(from("10.0.0.1", undefined, 'for="1.1.1.1, for=203.0.113.9'), "203.0.113.9")
    assert.strictEqual(from("10.0.0.1", undefined, "for=1.1.1.1, proto=http;for=203.0.113.9"), "203.0.113.9")
  })

  it("a hop that is no address leaves the proxy before it; so do two headers that contradict each other", () => {
    for (const hop of ["unknown", "_hidden", "", "203.0.113.9.9", "x".repeat(9_000), "203.0.113.9 10.0.0.3", "1", "0x7f.1"]) {
      assert.strictEqual(from("10.0.0.1", `203.0.113.9, ${hop}`), "10.0.0.1", hop.slice(0, 20))
      assert.strictEqual(from("10.0.0.1", `203.0.113.9, ${hop}, 10.0.0.2`), "10.0.0.2", hop.slice(0, 20))
    }
    assert.strictEqual(from("10.0.0.1"), "10.0.0.1")
    assert.strictEqual(from("10.0.0.1", "203.0.113.9", "for=203.0.113.10"), "10.0.0.1")
    assert.strictEqual(from("10.0.0.1", "203.0.113.9", "for=203.0.113.9"), "203.0.113.9")
  })

  it("an IPv6 client is counted by its network, a mapped one by its IPv4 address", () => {
    assert.strictEqual(clientKey(trusted, "10.0.0.1", { "x-forwarded-for": "2001:db8:1:2:3::9" }), "2001:db8:1:2::/64")
    assert.strictEqual(clientKey(trusted, "::ffff:198.51.100.1", {}), "198.51.100.1")
    assert.isTrue(isTrusted(trusted, "::ffff:10.1.2.3"))
    assert.isFalse(isTrusted(trusted, undefined))
  })
})
