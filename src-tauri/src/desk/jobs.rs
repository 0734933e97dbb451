//! Jobs and results: how they enter the desk, move on and leave it.

use super::{Desk, Job, Outcome, RECENT, Recent, UNFINISHED, Unfinished};
use crate::Problem;

impl Desk {
    /// A file waits for its turn.
    pub fn add_job(&self, name: &str) -> u32 {
        let id = self.number();
        let name = name.to_owned();
        self.change(|now| {
            now.jobs.push(Job {
                id,
                name,
                started: false,
                progress: None,
                seconds_left: None,
                heard: String::new(),
            });
        });
        id
    }

    /// Changes a job; says whether it is still there, since it may have been cancelled meanwhile.
    pub fn job(&self, id: u32, change: impl FnOnce(&mut Job)) -> bool {
        self.change(|now| match now.jobs.iter_mut().find(|job| job.id == id) {
            Some(job) => {
                change(job);
                true
            }
            None => false,
        })
    }

    pub fn drop_job(&self, id: u32) {
        self.change(|now| now.jobs.retain(|job| job.id != id));
    }

    /// A file that an earlier run of the app has left unfinished.
    pub fn left(&self, name: &str, problem: Problem) -> u32 {
        let id = self.add_job(name);
        self.gave_up(id, Some(problem));
        id
    }

    /// A job that did not come to its end leaves the queue and can be tried again.
    pub fn gave_up(&self, id: u32, problem: Option<Problem>) {
        self.change(|now| {
            let Some(at) = now.jobs.iter().position(|job| job.id == id) else {
                return;
            };
            let name = now.jobs.remove(at).name;
            now.unfinished.insert(0, Unfinished { id, name, problem });
            now.unfinished.truncate(UNFINISHED);
        });
    }

    /// Nobody wants to hear of an unfinished file any more. Says whether it was there.
    pub fn forget_job(&self, id: u32) -> bool {
        self.change(|now| {
            let before = now.unfinished.len();
            now.unfinished.retain(|one| one.id != id);
            now.unfinished.len() < before
        })
    }

    /// Puts a result on top; the same text spoken again moves up instead of standing there twice.
    pub fn finished(
        &self,
        kind: Outcome,
        text: &str,
        name: Option<&str>,
        transcript: Option<i64>,
    ) -> u32 {
        let id = self.number();
        self.change(|now| {
            let same =
                |old: &Recent| old.kind == kind && old.text == text && old.name.as_deref() == name;
            now.recent.retain(|old| !same(old));
            now.recent.insert(
                0,
                Recent {
                    id,
                    kind,
                    text: text.to_owned(),
                    name: name.map(str::to_owned),
                    transcript,
                },
            );
            now.recent.truncate(RECENT);
        });
        id
    }

    pub fn recent_text(&self, id: u32) -> Option<String> {
        let now = self.snapshot();
        now.recent
            .into_iter()
            .find(|one| one.id == id)
            .map(|one| one.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_job_takes_no_more_changes() {
        let desk = Desk::default();
        let (a, b) = (desk.add_job("a.mp3"), desk.add_job("b.mp3"));
        assert!(desk.job(a, |job| job.heard = "one".into()));
        desk.drop_job(a);
        assert!(!desk.job(a, |job| job.heard = "two".into()));
        let jobs = desk.snapshot().jobs;
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].id, jobs[0].heard.as_str()), (b, ""));
    }

    #[test]
    fn what_was_given_up_stays_until_it_is_put_away() {
        let desk = Desk::default();
        let (a, b) = (desk.add_job("a.mp3"), desk.add_job("b.mp3"));
        desk.gave_up(a, None);
        desk.gave_up(a, None);
        desk.gave_up(b, None);
        assert_eq!(desk.snapshot().jobs, []);
        let names: Vec<_> = desk
            .snapshot()
            .unfinished
            .into_iter()
            .map(|u| u.name)
            .collect();
        assert_eq!(names, ["b.mp3", "a.mp3"]);
        assert!(desk.forget_job(a) && !desk.forget_job(a));
        assert_eq!(desk.snapshot().unfinished.len(), 1);
    }

    #[test]
    fn results_are_newest_first_few_and_never_twice() {
        let desk = Desk::default();
        for text in ["one", "two", "one", "three", "four"] {
            desk.finished(Outcome::Spoken, text, None, None);
        }
        let texts: Vec<_> = desk.snapshot().recent.into_iter().map(|r| r.text).collect();
        assert_eq!(texts, ["four", "three", "one"]);
    }

    #[test]
    fn a_result_is_found_by_its_number() {
        let desk = Desk::default();
        let id = desk.finished(Outcome::Heard, "words", Some("a.mp3"), None);
        assert_eq!(desk.recent_text(id).as_deref(), Some("words"));
        assert_eq!(desk.recent_text(id + 1), None);
    }
}
