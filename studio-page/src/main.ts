// The island of the pages. Everything here adds to a page that already works without it.

import { desk } from "./desk";
import { openLines } from "./drill";
import { lightSwitch } from "./light";
import { Player } from "./player";
import { renders } from "./render";
import { watchJobs } from "./poll";
import { scores } from "./score";
import { takes } from "./takes";
import { words } from "./words";

lightSwitch();
openLines();
desk();
renders();
watchJobs();
words();
scores();
takes();
for (const element of document.querySelectorAll<HTMLElement>("[data-player]")) new Player(element);
