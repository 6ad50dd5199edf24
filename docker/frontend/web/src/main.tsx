// Starts the page.
import { render } from "preact";
import { App } from "./app.tsx";
import { prolong } from "./state/session.ts";
import "./state/opened.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/auth.css";
import "./styles/account.css";
import "./styles/conversations.css";
import "./styles/chat.css";
import "./styles/composer.css";
import "./styles/cards.css";
import "./styles/tasks.css";
import "./styles/task-row.css";
import "./styles/editing.css";
import "./styles/shell.css";

const root = document.getElementById("app");
void prolong();
if (root) render(<App />, root);
