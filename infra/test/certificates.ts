import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Certificates {
  /** The authority that signed the server's, as a PEM file. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

const openssl = (directory: string, ...args: ReadonlyArray<string>) =>
  execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] })

/** An authority and a server's certificate for `name` (a host name or an address), good for a day. */
export const makeCertificates = (directory: string, name: string): Certificates => {
  const at = (file: string) => join(directory, file)
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  openssl(directory, "req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.crt", "-days", "1", "-subj", "/CN=SignalFlow test authority")
  openssl(directory, "req", ...ec, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
  writeFileSync(at("extensions"), `subjectAltName=${/^[\d.]+$/.test(name) ? "IP" : "DNS"}:${name}\n`)
  const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "extensions"]
  openssl(directory, "x509", "-req", "-in", "server.csr", ...signing, "-out", "server.crt")
  return { authority: at("ca.crt"), certificate: at("server.crt"), key: at("server.key") }
}
