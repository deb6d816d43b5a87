import { Context } from "effect"

/** Whether the sources are the real platforms or a simulation, as `/health` says it and the page shows it. */
export const World = Context.Reference<"real" | "simulated">("@signalflow/server/World", { defaultValue: () => "real" })
