import { addEqualityTesters } from "@effect/vitest"

const major = Number(process.versions.node.split(".")[0])
if (major < 24) {
  throw new Error(
    `These tests need Node 24 or newer and run on ${process.versions.node}: start them with "npm test", which uses the Node that npm ci installed.`,
  )
}

addEqualityTesters()
