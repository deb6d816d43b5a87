import { assert, describe, it } from "@effect/vitest"
import { hostGuard } from "@signalflow/server/http/HostGuard"
import { linkBase } from "../../src/running/LinkBase.ts"

describe("the address of a link", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string, boolean]> = [
    ["127.0.0.1", [], "http://127.0.0.1:8080", false],
    ["0.0.0.0", [], "http://127.0.0.1:8080", false],
    ["::", [], "http://127.0.0.1:8080", false],
    ["::1", [], "http://[::1]:8080", false],
    ["localhost", [], "http://localhost:8080", false],
    ["127.0.0.1", ["localhost"], "http://localhost:8080", false],
    ["0.0.0.0", ["localhost:8080"], "http://localhost:8080", false],
    ["0.0.0.0", ["[::1]"], "http://[::1]:8080", false],
    ["127.0.0.1", ["flow.example.org"], "http://flow.example.org:8080", true],
    ["127.0.0.1", ["flow.example.org:443", "b.example"], "http://flow.example.org:443", true],
    ["192.168.1.5", [], "http://192.168.1.5:8080", true],
    ["192.168.1.5", ["192.168.1.5"], "http://192.168.1.5:8080", false],
  ]
  it.for(cases)("of HOST %s and ALLOWED_HOSTS %j is %s", ([HOST, ALLOWED_HOSTS, url, warns]) => {
    const base = linkBase({ HOST, ALLOWED_HOSTS }, 8080)
    assert.strictEqual(base.url, url)
    assert.strictEqual(base.warning !== null, warns)
    assert.isTrue(hostGuard(ALLOWED_HOSTS)(base.host, 8080), "the server answers to the name")
    if (warns) assert.match(base.warning!, /ALLOWED_HOSTS/)
  })
})
