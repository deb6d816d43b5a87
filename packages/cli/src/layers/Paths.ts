import { fileURLToPath } from "node:url"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The migrations. */
export const sqlDirectory = path("../../../../sql")
/** The dashboard as the browser gets it. */
export const dashboardBuild = path("../../../dashboard/dist")
export const projectDirectory = path("../../../..")
export const simulatorMain = path("../../../simulator/src/main.ts")
export const aggregateWorker = path("../programs/workers/aggregate.ts")
