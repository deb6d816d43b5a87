import { assert, describe, it } from "@effect/vitest"
import { type Command, type Keys, press } from "../../src/view/keyboard.ts"

const type = (
  keys: ReadonlyArray<string>,
  over: { readonly typing?: boolean; readonly modified?: boolean; readonly step?: number } = {},
) => {
  let state: Keys = { armedAt: null }
  const commands: Array<Command> = []
  keys.forEach((key, i) => {
    const [next, command] = press(state, {
      key,
      typing: over.typing ?? false,
      modified: over.modified ?? false,
      at: i * (over.step ?? 100),
    })
    state = next
    if (command !== null) commands.push(command)
  })
  return commands
}

describe("the keyboard", () => {
  it("goes by two keys", () => {
    assert.deepStrictEqual(type(["g", "p", "g", "s", "g", "n"]), [
      { _tag: "Go", page: "posts" },
      { _tag: "Go", page: "sources" },
      { _tag: "Go", page: "now" },
    ])
  })

  it("forgets the first key after a while, and when another comes between", () => {
    assert.deepStrictEqual(type(["g", "p"], { step: 2_000 }), [])
    assert.deepStrictEqual(type(["g", "j", "p"]), [{ _tag: "Next" }])
  })

  it("means nothing in a field or with a modifier, but Escape", () => {
    assert.deepStrictEqual(type(["j", "/", "?", "g", "p"], { typing: true }), [])
    assert.deepStrictEqual(type(["j", "k"], { modified: true }), [])
    assert.deepStrictEqual(type(["Escape"], { typing: true }), [{ _tag: "Close" }])
  })
})
