// Small controls used all over the page.
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icons.tsx";

type ButtonProps = JSX.IntrinsicElements["button"];

/** A button that shows only an icon; its label is spoken and shown on hover. */
export function IconButton({
  icon,
  label,
  ...rest
}: { icon: IconName; label: string } & ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`icon-button ${rest.class ?? ""}`}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}

/** A sentence where content would be, with what can be done about it. */
export function Placeholder(props: {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
}) {
  return (
    <div class="placeholder">
      {props.icon && <Icon name={props.icon} size={28} />}
      <p class="placeholder-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Grey shapes in place of rows that are being loaded. */
export function Skeleton({ rows, label }: { rows: number; label: string }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
