const lines = (count: number) => Array.from({ length: count }, (_, i) => i)

/** The shape of what is being loaded. It appears only when loading takes longer than a blink. */
export const Skeleton = ({ shape, rows }: { readonly shape: "trend" | "live" | "post" | "source"; readonly rows: number }) => (
  <div className="skeleton" role="status" aria-label="Loading">
    {lines(rows).map((line) => (
      <div key={line} className={`skeleton-row skeleton-${shape}`} aria-hidden="true">
        <span className="bone bone-mark" />
        <span className="bone-text">
          <span className="bone bone-title" />
          <span className="bone bone-sub" />
        </span>
        {shape === "trend" ? <span className="bone bone-spark" /> : null}
        {shape === "live" ? null : <span className="bone bone-number" />}
      </div>
    ))}
  </div>
)
