import { Flag } from "effect/cli"

/** `--json`, of every command that prints a result. */
export const jsonFlag = (about = "Print JSON") => Flag.Boolean("json").pipe(Flag.withDescription(about), Flag.withDefault(false))
