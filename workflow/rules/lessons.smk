# Lessons of neural networks: teach_lesson -> collect_lessons, and a figure of each.
LESSONS = list(registry.LESSONS)
LESSON_FIGURE = RESULTS + "/figures/lesson_{lesson}"


wildcard_constraints:
    lesson="|".join(LESSONS),


def lesson_settings(wildcards):
    """A lesson is the same in every scan of a seed."""
    return dict(lesson=wildcards.lesson, seed=CONFIG["seed"])


rule teach_lesson:
    """One lesson, in numbers."""
    input:
        no_files,
    output:
        lesson=RESULTS + "/lessons/{lesson}.nc",
    log:
        LOGS + "/teach_lesson/{lesson}.log",
    priority: SHORT
    params:
        **runs(
            "lessons.teach_lesson",
            lesson_settings,
            ("lesson", "{lesson}"),
        ),
    shell:
        RUN_STAGE


rule collect_lessons:
    """The numbers of all lessons, with what is expected of them."""
    input:
        lessons=expand(
            RESULTS + "/lessons/{lesson}.nc", lesson=LESSONS, allow_missing=True
        ),
    output:
        dataset=RESULTS + "/lessons/lessons.nc",
        table=RESULTS + "/lessons/lessons.csv",
    log:
        LOGS + "/collect_lessons/all.log",
    params:
        **runs(
            "lessons.collect_lessons",
            dict(lessons=LESSONS, seed=CONFIG["seed"]),
        ),
    shell:
        RUN_STAGE


rule plot_lesson:
    """What a lesson shows."""
    input:
        lesson=RESULTS + "/lessons/{lesson}.nc",
    output:
        png=reported(LESSON_FIGURE + ".png", "lesson", "lessons", "{lesson}"),
        pdf=LESSON_FIGURE + ".pdf",
    log:
        LOGS + "/plot/lesson_{lesson}.log",
    priority: AT_ONCE
    params:
        **runs(
            "lessons.plots",
            drawn(lesson_settings),
            ("figure", "lesson_{lesson}"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule lessons:
    """The table and the figures of the lessons of neural networks."""
    input:
        expand(RESULTS + "/lessons/lessons.csv", scan=SCAN),
        expand(
            LESSON_FIGURE + ".{kind}", scan=SCAN, lesson=LESSONS, kind=["png", "pdf"]
        ),
