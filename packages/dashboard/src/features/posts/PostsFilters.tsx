import { useState } from "react"
import { Icon } from "../../components/Icon.tsx"
import { platformName } from "../../view/platforms.ts"
import { kinds, navigate, type PostsRoute, postsRoute, sentiments, sorts } from "../../view/route.ts"
import { isFiltered } from "./state.ts"

interface PostsFiltersProps {
  readonly route: PostsRoute
  readonly platforms: ReadonlyArray<string>
}

const kindNames = { post: "Posts", story: "Stories", comment: "Comments", video: "Videos" } as const
const sentimentNames = { positive: "Positive", neutral: "Neutral", negative: "Negative" } as const
const sortNames = { new: "New", hot: "Hot" } as const

/** The filters of the feed. Each change is another URL. */
export const PostsFilters = ({ route, platforms }: PostsFiltersProps) => (
  <form className="filters" role="search" aria-label="Filter posts" onSubmit={(event) => event.preventDefault()}>
    <TopicField key={route.topic ?? ""} route={route} />
    <Choice
      label="Platform"
      all="All platforms"
      value={route.platform}
      options={platforms}
      name={platformName}
      choose={(platform) => navigate({ ...route, platform })}
    />
    <Choice
      label="Kind"
      all="All kinds"
      value={route.kind}
      options={kinds}
      name={(kind) => kindNames[kind]}
      choose={(kind) => navigate({ ...route, kind })}
    />
    <Choice
      label="Sentiment"
      all="Any sentiment"
      value={route.sentiment}
      options={sentiments}
      name={(sentiment) => sentimentNames[sentiment]}
      choose={(sentiment) => navigate({ ...route, sentiment })}
    />
    <fieldset className="segments">
      <legend className="sr">Order</legend>
      {sorts.map((sort) => (
        <label key={sort} className="segment">
          <input type="radio" name="sort" checked={route.sort === sort} onChange={() => navigate({ ...route, sort })} />
          <span>{sortNames[sort]}</span>
        </label>
      ))}
    </fieldset>
    {isFiltered(route) ? (
      <button type="button" className="quiet-button" onClick={() => navigate({ ...postsRoute, sort: route.sort })}>
        <Icon name="close" /> clear
      </button>
    ) : null}
  </form>
)

/** Asks on Enter or when left, not on every letter: each is a question to the server. */
const TopicField = ({ route }: { readonly route: PostsRoute }) => {
  const [text, setText] = useState(route.topic ?? "")
  const ask = () => {
    const topic = text.trim() === "" ? null : text.trim().toLowerCase()
    if (topic !== route.topic) navigate({ ...route, topic })
  }
  return (
    <label className="field field-find">
      <span className="sr">Topic</span>
      <Icon name="search" />
      <input
        data-filter=""
        type="search"
        name="topic"
        placeholder="Topic"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") ask()
        }}
        onBlur={ask}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  )
}

interface ChoiceProps<A extends string> {
  readonly label: string
  readonly all: string
  readonly value: A | null
  readonly options: ReadonlyArray<A>
  readonly name: (option: A) => string
  readonly choose: (option: A | null) => void
}

const Choice = <A extends string>({ label, all, value, options, name, choose }: ChoiceProps<A>) => (
  <label className={value === null ? "field" : "field field-set"}>
    <span className="sr">{label}</span>
    <select value={value ?? ""} onChange={(event) => choose(options.find((option) => option === event.target.value) ?? null)}>
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {name(option)}
        </option>
      ))}
    </select>
  </label>
)
