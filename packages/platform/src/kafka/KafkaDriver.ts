import { Context, type Effect, Schema, type Scope } from "effect"

export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  /** `refused`: the sign-in; `unreachable`: no broker answers; `too large`: a broker takes no batch of this size. */
  kind: Schema.Literals(["refused", "unreachable", "too large", "other"]),
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

export interface Place {
  readonly topic: string
  readonly partition: number
}

/** A key for maps. */
export const nameOf = ({ topic, partition }: Place): string => `${topic}\u0000${partition}`

export interface PlaceOffset extends Place {
  readonly offset: number
}

export interface OutgoingMessage {
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Message extends OutgoingMessage {
  readonly offset: number
  /** The broker's time, unix milliseconds. */
  readonly publishedAt: number
}

export interface TopicShape {
  readonly name: string
  readonly partitions: number
  /** Of the partition that has the fewest. */
  readonly replicas: number
}

/** What a member of a group hears. All of it comes from one consumer, one call after the other per partition. */
export interface MemberEvents {
  /** These partitions, and no others, are held from now on, none of them paused. No batch comes before it has settled. */
  readonly assigned: (places: ReadonlyArray<Place>) => Promise<void>
  /** Messages read from offset `from` on; `next` follows the last. Answers the offset to be read next. */
  readonly batch: (place: Place, from: number, next: number, messages: ReadonlyArray<Message>) => Promise<number>
  /** A request for messages was answered. */
  readonly polled: (seconds: number) => void
  /** It reads no more, and has left the group. */
  readonly failed: (error: KafkaError) => void
}

/** A member of a group. Heartbeats go on by themselves for as long as its scope is open. */
export interface Member {
  /** Tried once, in the member's present generation: it fails while the group rebalances. */
  readonly commit: (offsets: ReadonlyArray<PlaceOffset>) => Effect.Effect<void, KafkaError>
  readonly pause: (place: Place) => void
  readonly resume: (place: Place) => void
  /** Where to read next. One that begins where the group stands may leave it undone: the answer of `batch` leads it as well. */
  readonly seek: (place: PlaceOffset) => void
}

/** What the bus needs of a Kafka library; everything else is the same for all of them. */
export class KafkaDriver extends Context.Service<
  KafkaDriver,
  {
    readonly brokers: Effect.Effect<number, KafkaError>
    /** The topics among these that exist. */
    readonly topics: (names: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<TopicShape>, KafkaError>
    /** One that exists already is left as it is. */
    readonly create: (topics: ReadonlyArray<TopicShape>, config: Readonly<Record<string, string>>) => Effect.Effect<void, KafkaError>
    /** First stored offset and the offset after the last. */
    readonly bounds: (
      topic: string,
    ) => Effect.Effect<ReadonlyArray<{ readonly partition: number; readonly low: number; readonly high: number }>, KafkaError>
    /** The first offset at or after a time, per partition; the end where there is none. */
    readonly offsetsAt: (
      topic: string,
      time: number,
    ) => Effect.Effect<ReadonlyArray<{ readonly partition: number; readonly offset: number }>, KafkaError>
    /** What the group has committed, over all its topics. */
    readonly committed: (group: string) => Effect.Effect<ReadonlyArray<PlaceOffset>, KafkaError>
    /** Succeeds when every in-sync replica has them; one call at a time for a partition. */
    readonly send: (place: Place, messages: ReadonlyArray<OutgoingMessage>) => Effect.Effect<void, KafkaError>
    readonly join: (group: string, topics: ReadonlyArray<string>, events: MemberEvents) => Effect.Effect<Member, KafkaError, Scope.Scope>
  }
>()("@signalflow/platform/kafka/KafkaDriver") {}
