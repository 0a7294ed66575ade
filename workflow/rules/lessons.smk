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
    output:
        lesson=RESULTS + "/lessons/{lesson}.nc",
    log:
        LOGS + "/teach_lesson/{lesson}.log",
    benchmark:
        TIMES + "/teach_lesson/{lesson}.tsv"
    priority: SHORT
    resources:
        mem_mb=1500,
    params:
        settings=lesson_settings,
        modules=modules("lessons.teach_lesson", ("lesson", "{lesson}")),
    script:
        "../scripts/teach_lesson.py"


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
    benchmark:
        TIMES + "/collect_lessons/all.tsv"
    resources:
        mem_mb=1000,
    params:
        settings=dict(lessons=LESSONS, seed=CONFIG["seed"]),
        modules=modules("lessons.collect_lessons"),
    script:
        "../scripts/collect_lessons.py"


rule plot_lesson:
    """What a lesson shows."""
    input:
        lesson=RESULTS + "/lessons/{lesson}.nc",
    output:
        png=reported(LESSON_FIGURE + ".png", "lesson", "lessons", "{lesson}"),
        pdf=LESSON_FIGURE + ".pdf",
    log:
        LOGS + "/plot/lesson_{lesson}.log",
    benchmark:
        TIMES + "/plot/lesson_{lesson}.tsv"
    priority: AT_ONCE
    resources:
        mem_mb=1000,
    params:
        settings=drawn(lesson_settings),
        modules=modules("lessons.plots", ("figure", "lesson_{lesson}"), data=STYLE),
    script:
        "../scripts/plot_lesson.py"


rule lessons:
    """The table and the figures of the lessons of neural networks."""
    input:
        expand(RESULTS + "/lessons/lessons.csv", scan=SCAN),
        expand(
            LESSON_FIGURE + ".{kind}", scan=SCAN, lesson=LESSONS, kind=["png", "pdf"]
        ),
