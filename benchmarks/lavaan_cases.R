# lavaan's side of the comparison: Rscript lavaan_cases.R DATA.csv MODEL.txt CASE
# Prints one JSON line like benchmarks/cases.py.
args <- commandArgs(trailingOnly = TRUE)
suppressMessages(library(lavaan))
data <- read.csv(args[1])
model <- paste(readLines(args[2]), collapse = "\n")
cpu <- function(work) { t <- system.time(work()); unname(t[1] + t[2]) }
if (args[3] == "fit") {
  work <- function() { fit <- sem(model, data = data); invisible(fitMeasures(fit)) }
  work()
  seconds <- median(sapply(1:10, function(i) cpu(work)))
} else if (args[3] == "fiml") {
  work <- function() {
    fit <<- sem(model, data = data, missing = "fiml")
    invisible(fitMeasures(fit))
  }
  seconds <- cpu(work)
} else {
  fit <- sem(model, data = data)
  runs <- 50
  seconds <- cpu(function() bootstrapLavaan(fit, R = runs, FUN = coef)) * 5000 / runs
}
cat(sprintf('{"cpu": %.6f, "detail": {"chisq": %.5f}, "versions": {"R": "%s", "lavaan": "%s"}}\n',
            seconds, fitMeasures(if (args[3] == "fiml") fit else sem(model, data = data), "chisq"),
            paste(R.version$major, R.version$minor, sep = "."), packageVersion("lavaan")))
