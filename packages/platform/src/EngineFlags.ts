import "effect/schema/SchemaJITCompiler/enable"
import { setFlagsFromString } from "node:v8"

/**
 * What every program of ours asks of the JavaScript engine: imported first, for its effect alone.
 *
 * Schemas are compiled. And no place in the code is ever taken to make long-lived objects: V8 decides so of whatever a full queue held
 * at the start, and puts all that is made there into the old generation from then on. There each message, dead at once, keeps alive
 * what it points to until the next full collection (`docs/internals/performance.md`).
 */
setFlagsFromString("--no-allocation-site-pretenuring")
