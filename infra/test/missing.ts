/** Says that `what` is not installed, which skips what needs it; an error where `SIGNALFLOW_INFRA=required`. */
export const notInstalled = (what: string): string => {
  const why = `${what} is not installed: run infra/test/setup.sh`
  if (process.env["SIGNALFLOW_INFRA"] === "required") throw new Error(why)
  process.stderr.write(`${why}\n`)
  return why
}
