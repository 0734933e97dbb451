import "../theme.css";
import { mount } from "svelte";
import { declareLanguage } from "../lib/strings";
import Popover from "./Popover.svelte";

declareLanguage();

const target = document.getElementById("app");
if (target) mount(Popover, { target });
