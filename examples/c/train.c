/* Softmax regression on the digits by stochastic gradient descent, as somebody may have written it long ago. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 64, CLASSES = 10, IMAGES = 1797, TRAIN = 1400, EPOCHS = 100 };
static double x[IMAGES][PIXELS + 1], w[CLASSES][PIXELS + 1], p[CLASSES];
static int label[IMAGES];

/* forward fills p with the probabilities of the classes of image i, and returns its loss. */
static double forward(int i) {
    double sum = 0;
    for (int k = 0; k < CLASSES; k++) {
        double score = 0;
        for (int j = 0; j <= PIXELS; j++) score += w[k][j] * x[i][j];
        sum += p[k] = exp(score);
    }
    for (int k = 0; k < CLASSES; k++) p[k] /= sum;
    return -log(p[label[i]]);
}

int main(int argc, char **argv) {
    FILE *file = argc == 5 ? fopen(argv[1], "r") : NULL;
    if (!file) return fprintf(stderr, "usage: train DIGITS.CSV RATE DECAY L2\n"), 2;
    double rate = atof(argv[2]), decay = atof(argv[3]), l2 = atof(argv[4]);
    for (int i = 0; i < IMAGES; i++) {
        for (int j = 0; j <= PIXELS; j++) { /* 64 pixels from 0 to 16, then the digit */
            if (fscanf(file, "%lf%*c", &x[i][j]) != 1) return fprintf(stderr, "%s: image %d is cut off\n", argv[1], i), 1;
            x[i][j] /= 16;
        }
        label[i] = (int)(16 * x[i][PIXELS]);
        x[i][PIXELS] = 1; /* the bias */
    }
    setlinebuf(stdout); /* into a pipe, C holds back what it prints */
    for (int epoch = 1; epoch <= EPOCHS; epoch++, rate *= decay) {
        double loss = 0;
        for (int i = 0; i < TRAIN; i++) {
            forward(i);
            for (int k = 0; k < CLASSES; k++)
                for (int j = 0; j <= PIXELS; j++)
                    w[k][j] -= rate * ((p[k] - (k == label[i])) * x[i][j] + l2 * w[k][j]);
        }
        for (int i = TRAIN; i < IMAGES; i++) loss += forward(i) / (IMAGES - TRAIN);
        printf("epoch=%d loss=%.6f\n", epoch, loss);
    }
}
