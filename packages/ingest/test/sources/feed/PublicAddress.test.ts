import { assert, describe, it } from "@effect/vitest"
import { isPublicAddress } from "../../../src/sources/feed/PublicAddress.ts"

const refused = [
  ..."0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255".split(
    " ",
  ),
  ...":: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 ff02::1 2001:db8::1 2002:7f00:1:: 2001:0:1::".split(
    " ",
  ),
  "",
  "localhost",
  "8.8.8",
]
const allowed =
  "1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 172.15.0.1 172.32.0.1 192.169.0.1 198.20.0.1 2606:4700::1111 2a00:1450:4001::1".split(" ")

describe("public addresses", () => {
  it("leave out what is private, loopback, link-local, reserved or wraps another address", () => {
    for (const address of refused) assert.isFalse(isPublicAddress(address), address)
  })
  it("are all the others, up to the borders of the private ranges", () => {
    for (const address of allowed) assert.isTrue(isPublicAddress(address), address)
  })
})
