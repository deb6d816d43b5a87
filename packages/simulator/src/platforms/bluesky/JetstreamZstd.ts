import { zstdCompressSync } from "node:zlib"

const MAGIC = 0xec30a437
/** A dictionary is immutable: another one would have another number. */
export const DICTIONARY_ID = 20_261_122

/** Entropy tables (RFC 8878, section 5) of a dictionary that `zstd --train` made of 6,000 frames of this simulator. */
const ENTROPY =
  "JhDICtIO////////l2CIiBTJJEUySZF2N8fugNn/ZDcl1qp/3V09UwcAAAaSYkI8Jn0AAATABMZDQYNDCQSBQYIHg8FNQZAhSUwGBoVE4CAcBkAABAAAJuwa3gAAANQMIuLBo6EAJVwEQ6JoBoMYDNcggwIAAAABAAAABAAAAAgAAAA="

/** What frames have in common; the commonest stands last, where it is nearest. */
const CONTENT = [
  '{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#account","did":"did:plc:","seq":,"account":{"active":false,"status":"deactivated"}}}',
  '{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#identity","identity":{"handle":".bsky.social"}}}',
  '"operation":"delete","collection":"app.bsky.feed.post","rkey":"',
  '"reply":{"parent":{"cid":"bafyrei","uri":"at://did:plc:/app.bsky.feed.post/"},"root":{"cid":"bafyrei","uri":"at://did:plc:/app.bsky.feed.post/"}}',
  '"embed":{"$type":"app.bsky.embed.external","external":{"description":"","title":"","uri":"https://"}}',
  '"facets":[{"features":[{"$type":"app.bsky.richtext.facet#tag","tag":""}],"index":{"byteEnd":,"byteStart":}}],"langs":["en"]',
  '"operation":"create","collection":"app.bsky.feed.repost","rkey":"3","record":{"$type":"app.bsky.feed.repost","createdAt":"',
  '"operation":"create","collection":"app.bsky.feed.like","rkey":"3","record":{"$type":"app.bsky.feed.like","createdAt":"2026-","subject":{"cid":"bafyrei","uri":"at://did:plc:',
  '{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","did":"did:plc:","seq":26000000001,"time":"2026-","witnessedAt":"2026-","rev":"3","operation":"create","collection":"app.bsky.feed.post","rkey":"3","record":{"$type":"app.bsky.feed.post","createdAt":"2026-","langs":["en"],"text":"","cid":"bafyrei"}}',
].join("\n")

const header = Buffer.alloc(8)
header.writeUInt32LE(MAGIC, 0)
header.writeUInt32LE(DICTIONARY_ID, 4)

/** The dictionary as it is handed out. */
export const DICTIONARY = Buffer.concat([header, Buffer.from(ENTROPY, "base64"), Buffer.from(CONTENT)])

const options = { dictionary: DICTIONARY }
export const compressed = (frame: string): Buffer => zstdCompressSync(Buffer.from(frame), options)
