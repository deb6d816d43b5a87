import { useSyncExternalStore } from "react"

/** A value that is changed outside React and watched inside. */
export interface Store<A> {
  get(): A
  set(value: A): void
  subscribe(listener: () => void): () => void
}

export const makeStore = <A>(initial: A): Store<A> => {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export const useStore = <A>(store: Store<A>): A => useSyncExternalStore(store.subscribe, store.get)

/** A part of the value; what uses it is drawn again only when that part is another. */
export const useStorePart = <A, B>(store: Store<A>, part: (value: A) => B): B =>
  useSyncExternalStore(store.subscribe, () => part(store.get()))
