import type { Result } from "./Bench.ts"

const whole = (value: number | undefined) => (value === undefined ? "" : Math.round(value).toLocaleString("en"))
const part = (result: Result, name: string) => String(result.detail?.[`${name} CPU ms per 1,000`] ?? "")

/** Workers side by side: what a second of their CPU does comes first, for the wall clock is everybody's. */
export const workerTable = (results: ReadonlyArray<Result>): string =>
  [
    "| worker | records per worker CPU second | worker CPU ms per 1,000 | PostgreSQL | Redis | Kafka | records/s | RSS MB |",
    "|---|---|---|---|---|---|---|---|",
    ...results.map(
      (result) =>
        `| ${result.name} | ${whole(result.perCpuSecond)} | ${result.cpuMsPer1000} | ${part(result, "PostgreSQL")} | ${part(result, "Redis")} | ${part(result, "Kafka")} | ${whole(result.signalsPerSecond)} | ${whole(result.rssMb || undefined)} |`,
    ),
    "",
    ...results.flatMap(({ name, ratio }) =>
      ratio === undefined
        ? []
        : [
            `${name}, beside the peer: ${ratio["perCpuSecond"]!.toFixed(2)} × the records per worker CPU second, ${ratio["signalsPerSecond"]!.toFixed(2)} × the records per second.`,
          ],
    ),
  ].join("\n")
