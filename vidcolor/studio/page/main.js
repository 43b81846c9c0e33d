/** The page begins here: its parts watch the state, and what the server tells fills it. */

import "./color-field.js";
import "./connection.js";
import { listen } from "./events.js";
import "./guide.js";
import { fillHelp } from "./help.js";
import "./job.js";
import { KEYS } from "./keys.js";
import "./making.js";
import "./mark-fields.js";
import "./mark-list.js";
import "./pictures.js";
import "./plane.js";
import "./settings.js";
import "./shots.js";
import "./strip.js";
import "./take-over.js";

fillHelp(KEYS);
listen(); // first of all: what happens before would never be told
