import { connect, createServer, type Server } from "node:net"

const listening = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => resolve(server))
  })

/** Different ports of loopback that nothing listens on. */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const servers = await Promise.all(Array.from({ length: count }, listening))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Whether what listens at a port answers a greeting as expected. */
export const answers = (port: number, greeting: string | Uint8Array, expected: RegExp): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once("error", () => end(false))
    socket.once("connect", () => socket.write(greeting))
    socket.once("data", (data) => end(expected.test(data.toString())))
    socket.once("close", () => end(false))
  })

export const freePort = async (): Promise<number> => (await freePorts(1))[0]!
