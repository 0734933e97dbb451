import "../theme.css";
import { mount } from "svelte";
import { declareLanguage } from "../lib/strings";
import Transcripts from "./Transcripts.svelte";

declareLanguage();

const target = document.getElementById("app");
if (target) mount(Transcripts, { target });
