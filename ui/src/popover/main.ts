import "../theme.css";
import { mount } from "svelte";
import Popover from "./Popover.svelte";

const target = document.getElementById("app");
if (target) mount(Popover, { target });
