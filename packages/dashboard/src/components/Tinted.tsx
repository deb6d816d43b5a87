import { useState } from "react"

/** A value that changes in place, with a brief tint when it does. */
export const Tinted = ({ value, className = "" }: { readonly value: string; readonly className?: string }) => {
  const [first] = useState(value)
  return (
    <span key={value} className={value === first ? className : `${className} tinted`}>
      {value}
    </span>
  )
}
