# glasso's answer to one problem, for lassos.py.
# Usage: Rscript lassos.R S.csv rho TRUE|FALSE OUT.csv     TRUE penalises the diagonal
# Made with R 4.2.2 and glasso 1.11.
arguments <- commandArgs(trailingOnly = TRUE)
S <- unname(as.matrix(read.csv(arguments[1], header = FALSE)))
fit <- glasso::glasso(S, as.numeric(arguments[2]), thr = 1e-12, maxit = 1e5,
                      penalize.diagonal = as.logical(arguments[3]))
stopifnot(all(is.finite(fit$wi)))
write.table(format((fit$wi + t(fit$wi)) / 2, digits = 15), arguments[4],
            sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
