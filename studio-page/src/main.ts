// The island of the pages. Everything here adds to a page that already works without it.

import { desk } from "./desk";
import { openLines } from "./drill";
import { lightSwitch } from "./light";
import { Player } from "./player";
import { renders } from "./render";
import { watchJobs } from "./poll";
import { scores } from "./score";
import { takes } from "./takes";
import { studio } from "./studio";
import { words } from "./words";

lightSwitch();
openLines();
desk();
renders();
watchJobs();
words();
scores();
takes();
studio([...document.querySelectorAll<HTMLElement>("[data-player]")].map((element) => new Player(element)));
